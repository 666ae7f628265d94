/** The text with blanks in place of line breaks and control characters: it may come from a hostile file. */
export const withoutControls = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, ' ')
