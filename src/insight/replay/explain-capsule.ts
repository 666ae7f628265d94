/** Explains a decision of the log, which is made again. */
import type { ExplainedDoor } from '../../explain/doors/contract.ts'
import type { OfflineDoors } from '../../explain/doors/doors.ts'
import { answerText, explainRecord } from '../../explain/explain.ts'
import type { Explanation } from '../../explain/explanation.ts'
import { createStepRecord } from '../../explain/record.ts'
import { textOf } from '../../lib/bytes.ts'
import type { DoorName } from '../../model/request.ts'
import { urlText } from '../../rules/match-context.ts'
import type { LoggedCapsule } from './read-capsule.ts'
import { type ReplayRules, replay } from './replay.ts'

export interface CapsuleExplaining extends ReplayRules {
  readonly doors: OfflineDoors
}

export interface ExplainedCapsule {
  readonly explanation: Explanation
  readonly isSameSet: boolean
}

export async function explainCapsule(
  logged: LoggedCapsule,
  explaining: CapsuleExplaining,
): Promise<ExplainedCapsule> {
  const { onRead, trace, recordOf } = createStepRecord()
  const { request, decision, doubts, isSameSet } = await replay(logged, explaining, {
    trace,
    onRead,
  })
  const { redaction, doors } = explaining
  const door = shownAs[logged.door]
  const url = urlText(request.scheme, request)
  const explanation = await explainRecord(
    {
      matched: { door, method: textOf(request.method), url, sent: url, changes: [] },
      request,
      record: recordOf(decision),
      missing: doubts,
      answers: { [door]: answerText(doors[door].answer(decision, request), redaction) },
    },
    explaining,
  )
  return { explanation, isSameSet }
}

/** These answer as the decision API does. */
const shownAs: Readonly<Record<DoorName, ExplainedDoor>> = {
  grpc: 'grpc',
  decisions: 'decisions',
  proxy: 'proxy',
  lambda: 'decisions',
  middleware: 'decisions',
}
