/**
 * True for headers that describe the client's request to an application, such as X-Forwarded-*. X-Original-* and
 * X-Rewrite-URL can make an application use another path than the one that was decided.
 *
 * `folded`: the name as `foldedName` returns it.
 */
export const isForwardingName = (folded: string): boolean =>
  folded === 'forwarded' ||
  (folded.startsWith('x-') &&
    (folded.startsWith('x-forwarded') ||
      folded.startsWith('x-original-') ||
      folded === 'x-real-ip' ||
      folded === 'x-rewrite-url'))
