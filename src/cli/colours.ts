/** Colours of a terminal. */
const codes = { bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 } as const

export type Colour = keyof typeof codes

/** Only on a terminal, and not with `NO_COLOR` (https://no-color.org). */
export const hasColours = (env: Readonly<Record<string, string | undefined>>): boolean =>
  process.stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'

export const paint = (
  text: string,
  colour: Colour,
  { hasColours: isOn }: { readonly hasColours: boolean },
): string => (isOn ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text)
