import type { HttpCall } from './call.ts'

const longest = 200

/** A URL for logs and verbose answers: without user, password, query and fragment, at most 200 characters. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return ''
  const { origin, pathname } = new URL(text)
  const shown = `${origin}${pathname}`
  return shown.length > longest ? `${shown.slice(0, longest)}...` : shown
}

/** The first part of a failure's reason. */
export const placeOf = ({ method, url }: Pick<HttpCall, 'method' | 'url'>): string =>
  `${method} ${shownUrl(url)}: `
