/** Records decisions for the decision log, so that they can be decided again. */
import { type CapsuleRecorder, createRecorder } from '../../capsule/recorder.ts'
import type { Config } from '../../config/config.ts'
import { createRedaction } from '../../observability/redaction.ts'
import type { Snapshot } from '../rules/build-rules.ts'

/** undefined: no capsules are written (`log.decisions.capsule`). */
export function capsuleRecorder(
  { log }: Config,
  current: () => Snapshot,
): CapsuleRecorder | undefined {
  const { enabled, capsule, mask } = log.decisions
  if (!enabled || !capsule) return undefined
  const maskText = log.redaction_text
  return createRecorder({
    rules: () => current().capsule,
    // Also where log.leak_sensitive_values is true: a capsule never has a credential.
    redaction: createRedaction({
      leak: false,
      text: maskText,
      headers: log.additional_redacted_headers,
    }),
    mask,
    maskText,
    now: Date.now,
  })
}
