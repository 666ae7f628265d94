import type { HttpCall } from './call.ts'

const longest = 200

/** A URL as logs and verbose answers may show it: without user, password, query and fragment, and short. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return ''
  const { origin, pathname } = new URL(text)
  const shown = `${origin}${pathname}`
  return shown.length > longest ? `${shown.slice(0, longest)}...` : shown
}

/** What a failure's reason begins with. */
export const placeOf = ({ method, url }: Pick<HttpCall, 'method' | 'url'>): string =>
  `${method} ${shownUrl(url)}: `
