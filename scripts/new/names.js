// @ts-check
/** Names in their different spellings, and the refusal of wrong ones. */

/** Arguments that nothing can be made of. The message is for the person at the keyboard. */
export class WrongArguments extends Error {}

/**
 * Refuses a name that is not of a form.
 * @param {string | undefined} name
 * @param {RegExp} form
 * @param {string} what the name is of, with an example
 */
export function checkName(name, form, what) {
  if (name !== undefined && form.test(name)) return name;
  throw new WrongArguments(name === undefined ? `Missing: ${what}.` : `'${name}' is not ${what}.`);
}

/** A name in lower case with dashes. */
export const dashed = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** @param {string} name such as `placement-group` */
export const pascal = (name) => name.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());

/** @param {string} name such as `placement-group` */
export const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

/** @param {string} name such as `placement-group` */
export const words = (name) => name.replaceAll('-', ' ');

/** @param {string} text */
export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** @param {string} noun */
export const plural = (noun) => `${noun.replace(/y$/, 'ie').replace(/(s|x|ch)$/, '$1e')}s`;

/** @param {string} noun */
export const withArticle = (noun) => `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
