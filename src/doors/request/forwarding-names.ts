/** Headers by which a proxy says what the client asked it for, and applications that believe them. */

/**
 * `folded`: the name as `foldedName` gives it. X-Original-* and X-Rewrite-URL tell an application of another path than the
 * one that was judged.
 */
export const isForwardingName = (folded: string): boolean =>
  folded === 'forwarded' ||
  (folded.startsWith('x-') &&
    (folded.startsWith('x-forwarded') ||
      folded.startsWith('x-original-') ||
      folded === 'x-real-ip' ||
      folded === 'x-rewrite-url'))
