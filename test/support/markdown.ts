/** The parts of Markdown that the tests of pages need. */

/** The text without fenced blocks and texts in backticks. */
const proseOf = (page: string): string =>
  page.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '')

/** Targets of links, with their anchors. */
export const linksIn = (page: string): readonly string[] =>
  [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)

/** The anchors that GitHub makes of headings; the second of a name ends in -1. */
export function anchorsIn(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = headingsIn(page).map(heading => {
    const name = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const before = seen.get(name) ?? 0
    seen.set(name, before + 1)
    return before === 0 ? name : `${name}-${before}`
  })
  return new Set(anchors)
}

const headingsIn = (page: string): readonly string[] =>
  [...page.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'),
  )

export interface Section {
  readonly title: string
  readonly text: string
}

/** The sections below headings of the second level, in order. */
export function sectionsOf(page: string): readonly Section[] {
  const [, ...parts] = `\n${page}`.split(/^## /m)
  return parts.map(part => {
    const end = part.indexOf('\n')
    return { title: part.slice(0, end), text: part.slice(end).trim() }
  })
}
