/** A time of OpenStack in epoch milliseconds. Its services leave out that their times are of UTC, now and then. */
export const timeOf = (text: string): number => Date.parse(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
