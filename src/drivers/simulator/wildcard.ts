const compiled = new Map<string, RegExp>();

/** Whether a pattern matches the whole text; `*` is any run of characters, `?` is one. No pattern matches everything. */
export function matches(pattern: string | undefined, text: string | undefined): boolean {
  if (pattern === undefined) return true;
  if (text === undefined) return false;
  let form = compiled.get(pattern);
  if (form === undefined) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.');
    form = new RegExp(`^${source}$`, 's');
    compiled.set(pattern, form);
  }
  return form.test(text);
}
