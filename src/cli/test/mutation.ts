/** How changes that no test noticed are printed. */
import type { MutationWitness, Survivor } from '../../insight/testing/mutate/mutation.ts'
import type { TestRun } from '../../insight/testing/test-run.ts'
import type { JsonObject } from '../../lib/json.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { paint } from '../colours.ts'
import { requestText } from '../shown-request.ts'

export const survivorsOf = ({ groups }: TestRun): readonly Survivor[] =>
  groups.flatMap(({ mutation }) => (mutation?.kind === 'tried' ? mutation.survivors : []))

/** undefined: no rule was changed. */
export function mutantCounts({ groups }: TestRun) {
  const tried = groups.flatMap(({ mutation }) => (mutation?.kind === 'tried' ? mutation : []))
  if (tried.length === 0) return undefined
  const sum = (key: 'tried' | 'equal'): number => tried.reduce((all, one) => all + one[key], 0)
  return { tried: sum('tried'), equal: sum('equal') }
}

/** Why rules were not changed though it was asked for. */
export const notTriedReasons = ({ groups }: TestRun): readonly string[] => [
  ...new Set(
    groups.flatMap(({ mutation }) => (mutation?.kind === 'not_tried' ? mutation.reason : [])),
  ),
]

export function mutationLines(
  run: TestRun,
  printing: { readonly hasColours: boolean },
): readonly string[] {
  const counts = mutantCounts(run)
  if (counts === undefined) return []
  const survivors = survivorsOf(run)
  const { tried, equal } = counts
  return [
    ...survivors.flatMap(({ rule, change, place, witness }) => [
      withoutControls(
        `${paint('not noticed', 'red', printing)} rule "${rule}": ${change}${place === null ? '' : ` (${place.file}:${place.line})`}`,
      ),
      ...(witness === null ? [] : [`       ${witnessText(witness)}`]),
    ]),
    `changes of rules: ${tried}, not noticed: ${survivors.length}${equal > 0 ? `, without effect: ${equal}` : ''}`,
  ]
}

function witnessText({ request, as, stubs, before, after }: MutationWitness): string {
  const { method = 'GET', url = '', headers = {}, context = {} } = request
  const asked = requestText({
    method,
    url,
    headers: Object.entries(headers),
    context: Object.entries(context),
  })
  const credential = as === undefined ? '' : ` as ${JSON.stringify(as)}`
  const calls = Object.entries(stubs).map(
    ([call, answer]) => `, ${call}: ${(answer as JsonObject)['status']}`,
  )
  return withoutControls(`${asked}${credential}${calls.join('')}: ${before}, then ${after}`)
}

/** Of JSON reports. */
export const survivorJson = ({ rule, change, place, witness }: Survivor): object => ({
  rule,
  change,
  place,
  witness: witness && {
    ...witness.request,
    ...(witness.as && { as: witness.as }),
    ...(Object.keys(witness.stubs).length > 0 && { stubs: witness.stubs }),
    before: witness.before,
    after: witness.after,
  },
})
