/**
 * A page as somebody would write it who shows the consoles of machines: xterm.js with its attach add-on, and noVNC. The test
 * calls what is global here.
 */
import RFB from '@novnc/novnc';
import { AttachAddon } from '@xterm/addon-attach';
import { Terminal } from '@xterm/xterm';

const place = () => document.body.appendChild(document.createElement('div'));

/** Resolves with a word of how it went: `open`, or why it is not. */
globalThis.openSerial = (url) => {
  const socket = new WebSocket(url);
  const terminal = new Terminal({ rows: 40, cols: 120 });
  terminal.open(place());
  terminal.loadAddon(new AttachAddon(socket));
  globalThis.terminal = terminal;
  globalThis.closeSerial = () => socket.close();
  return new Promise((resolve) => {
    socket.addEventListener('open', () => resolve('open'));
    socket.addEventListener('close', ({ code }) => resolve(`closed with ${code}`));
  });
};

/** What the terminal shows, trimmed. */
globalThis.serialText = () => {
  const { buffer } = globalThis.terminal;
  const lines = Array.from({ length: buffer.active.length }, (_, at) =>
    buffer.active.getLine(at).translateToString(true),
  );
  return lines.join('\n');
};

globalThis.openScreen = (url) => {
  const rfb = new RFB(place(), url, { wsProtocols: ['binary'] });
  globalThis.rfb = rfb;
  return new Promise((resolve) => {
    rfb.addEventListener('connect', () => resolve('open'));
    rfb.addEventListener('disconnect', ({ detail }) => resolve(`closed ${detail.clean ? 'cleanly' : 'badly'}`));
  });
};

/** Size of the screen, and its picture as a data URL: what noVNC has drawn. */
globalThis.screenShown = async () => {
  const image = new Image();
  image.src = globalThis.rfb.toDataURL();
  await image.decode();
  return { size: [image.naturalWidth, image.naturalHeight], picture: image.src };
};
