import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const secret = 'shared';
export const project = 'project-1';

export const signatureOf = (server: string, key = secret): string =>
  createHmac('sha256', key).update(server).digest('hex');

/** The headers of Neutron's agent. */
export const signed = (server: string): Record<string, string> => ({
  'x-instance-id': server,
  'x-tenant-id': project,
  'x-instance-id-signature': signatureOf(server),
  'x-forwarded-for': '10.0.0.5',
});

/** Listens at a free port, and gives it. */
export async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Asks a server as the agent does. */
export async function askOf(
  server: Server,
  path: string,
  headers: Record<string, string | string[]>,
  { method = 'GET', body }: { readonly method?: string; readonly body?: string } = {},
) {
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, host: '127.0.0.1', path, method, headers });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return { status: answer.statusCode, text, headers: answer.headers };
}

export type NovaAnswers = (response: ServerResponse, url: string) => void;

/** What Nova's API answers here unless a test says otherwise: the path. */
export const usualAnswers: NovaAnswers = (response, url) =>
  void response.writeHead(200, { 'content-type': 'application/json', 'x-more': 'not for guests' }).end(`nova ${url}`);

/** A pretended metadata API of Nova: what it heard, and what it answers. */
export function pretendNova() {
  const heard: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const nova = { heard, answers: usualAnswers, server: undefined as unknown as Server };
  nova.server = createServer(async (message, response) => {
    const { method = '', url = '', headers } = message;
    let body = '';
    for await (const chunk of message) body += chunk;
    heard.push({ method, url, headers, body });
    nova.answers(response, url);
  });
  return nova;
}
