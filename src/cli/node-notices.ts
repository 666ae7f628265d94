/** Versions of Node on which Oarlock still runs although they are not maintained any more, and since when. */
const endOfLife: Readonly<Record<string, string>> = {
  '20': '2026-04-30',
  '21': '2024-06-01',
  '23': '2025-06-01',
}

/** What to log at the start about this version, such as `v20.19.0`. */
export function nodeNotices(version: string): readonly string[] {
  const [major = ''] = version.replace(/^v/, '').split('.')
  const since = endOfLife[major]
  if (since === undefined) return []
  return [
    `Node ${major} is past its end of life (${since}) and gets no security fixes: use Node 24`,
  ]
}
