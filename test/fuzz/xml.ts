const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const tag = /<(\/?)([A-Za-z_][\w.-]*)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>/y;
const text = /(?:[^<&]|&(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)*/y;

/** XML 1.0, production 2: no control characters but three, no half of a pair, no U+FFFE and U+FFFF. */
function allowed(char: string): boolean {
  const code = char.codePointAt(0)!;
  if (code < 32) return char === '\t' || char === '\n' || char === '\r';
  return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
}

/** What is wrong with a document as XML; undefined when it is well-formed: one root, tags in pairs, nothing forbidden. */
export function xmlFault(document: string): string | undefined {
  if (!document.startsWith(declaration)) return 'it does not begin with a declaration';
  for (const char of document) if (!allowed(char)) return `character ${char.codePointAt(0)}`;
  const open: string[] = [];
  let roots = 0;
  for (let at = declaration.length; at < document.length; ) {
    text.lastIndex = at;
    const between = text.exec(document)![0];
    if (open.length === 0 && between.trim() !== '') return `text outside the root at ${at}`;
    at += between.length;
    if (at === document.length) break;
    tag.lastIndex = at;
    const next = tag.exec(document);
    if (next === null) return `no tag at ${at}: ${document.slice(at, at + 40)}`;
    const [whole, closing, name = '', , empty] = next;
    if (closing === '/') {
      if (open.pop() !== name) return `</${name}> at ${at} closes another element`;
    } else {
      if (open.length === 0) roots++;
      if (empty !== '/') open.push(name);
    }
    at += whole.length;
  }
  if (open.length > 0) return `${open.at(-1)} is not closed`;
  return roots === 1 ? undefined : `${roots} roots`;
}
