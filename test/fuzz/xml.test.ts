import { describe, expect, it } from 'vitest';
import { xmlFault } from './xml.ts';

const head = '<?xml version="1.0" encoding="UTF-8"?>\n';

describe('what is XML', () => {
  it.each(['<a/>', '<a></a>', '<a x="1"><b>&lt;&#x41;</b><b/></a>\n'])('%s', (body) => {
    expect(xmlFault(head + body)).toBeUndefined();
  });
  it.each([
    '',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    'x<a/>',
    '<a>&</a>',
    '<a>&nope;</a>',
    '<a>\u0001</a>',
    '<a>\ud800</a>',
    '<a <b/>',
  ])('not %j', (body) => expect(xmlFault(head + body)).toBeTypeOf('string'));
  it('not without a declaration', () => expect(xmlFault('<a/>')).toBeTypeOf('string'));
});
