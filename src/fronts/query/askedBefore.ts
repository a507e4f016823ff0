/** How many questions are remembered, about; a power of two. */
const slots = 2 ** 14;

/**
 * Whether a question was asked not long ago. Answers to questions that are asked only once are not worth keeping: they
 * would drive out the others, and what is kept for a while costs the garbage collector twice what making it cost.
 * Remembers a number of each question; one whose number is another's too is, at worst, kept at once.
 */
export class AskedBefore {
  readonly #numbers = new Uint32Array(slots);

  /** Tells, and remembers that it was asked now. */
  ask(question: string): boolean {
    const number = numberOf(question);
    const at = number % slots;
    const before = this.#numbers[at] === number;
    this.#numbers[at] = number;
    return before;
  }
}

/** FNV-1a. */
function numberOf(text: string): number {
  let number = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) number = Math.imul(number ^ text.charCodeAt(i), 0x01000193);
  return number >>> 0;
}
