import type { Draft } from '../../lint/draft.ts'
import type { Place } from '../../lint/finding.ts'

/** A finding in the file of a caller; its message begins with what it is about. */
export const edgeDraft = (code: Draft['code'], message: string, at: Place): Draft => ({
  code,
  message,
  place: at,
  // Of the file and of what is called by its name there; not of the line.
  path: ['edge', at.file, message.split(':')[0] ?? ''],
})
