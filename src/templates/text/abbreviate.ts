const mark = '...'

/** Shortens to a width that includes the three points. */
export const abbreviate = (width: number, text: string): string =>
  width < 4 ? text : abbreviated(text, 0, width)

/** Shortens on both sides and keeps the byte at `left`. */
export const abbreviateBoth = (left: number, width: number, text: string): string =>
  width < 4 || (left > 0 && width < 7) ? text : abbreviated(text, left, width)

function abbreviated(text: string, left: number, width: number): string {
  if (text.length <= width) return text
  const offset = Math.min(left, text.length, text.length - (width - 3))
  if (offset <= 4) return text.slice(0, width - 3) + mark
  if (width < 7) return ''
  return offset + width - 3 < text.length
    ? mark + abbreviated(text.slice(offset), 0, width - 3)
    : mark + text.slice(text.length - (width - 3))
}
