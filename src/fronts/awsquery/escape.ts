// What cannot stand in XML text as it is: markup, what XML 1.0 forbids (all that its `Char` leaves out), and a carriage
// return, which a reader would turn into a line feed. Without the u flag, the halves of a pair are found too; the slow
// path tells whole pairs from half ones.
const special = /[&<>"]|[^\t\n -\ud7ff\ue000-\ufffd]/;
const each = /[&<>"]|[^\t\n -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/**
 * The text as it stands inside an XML element. Characters that XML 1.0 cannot carry in any form (most control
 * characters, half surrogate pairs) become U+FFFD, the replacement character.
 */
export function escapeXml(text: string): string {
  return special.test(text) ? text.replace(each, replacement) : text;
}

function replacement(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    case '\r':
      return '&#xD;';
    default:
      return '\ufffd';
  }
}
