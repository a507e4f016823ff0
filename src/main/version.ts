/** Put in by the build (scripts/build.js), from package.json; not there when the sources run unbuilt, as in tests. */
declare const ELSEWHERE_VERSION: string;

/** The program's version. */
export const version: string = typeof ELSEWHERE_VERSION === 'string' ? ELSEWHERE_VERSION : 'unbuilt';
