/** The candidate that was probably meant, if one is similar enough: by default a third of the letters may differ. */
export function nearest(
  text: string,
  candidates: readonly string[],
  most: number = text.length,
): string | undefined {
  const limit = Math.min(most, Math.ceil(text.length / 3))
  const [best] = candidates
    .filter(candidate => Math.abs(candidate.length - text.length) <= limit)
    .map(candidate => ({ candidate, distance: distanceBetween(text, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return best?.candidate
}

/** Levenshtein, one row at a time. */
function distanceBetween(a: string, b: string): number {
  const letters = [...b]
  let row = [...letters.keys(), letters.length]
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of letters.entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
