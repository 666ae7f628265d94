/** Characters, as JSON Schema counts them: two surrogates are one. */
export const lengthOf = (text: string): number => [...text].length
