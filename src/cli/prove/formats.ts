/** How the answers to claims are printed. */

import type { Proof } from '../../insight/prove/prove.ts'
import type { Located } from '../../insight/prove/read-claims-file.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { type Colour, paint } from '../colours.ts'
import { type JunitCase, junitReport } from '../junit.ts'
import { markdownCell, markdownCode, markdownTable } from '../markdown.ts'
import { requestText } from '../shown-request.ts'
import { workflowCommand } from '../workflow-command.ts'

export interface Answer {
  readonly proof: Proof
  readonly place: Located
}

type Render = (answers: readonly Answer[], terminal: { readonly hasColours: boolean }) => string

const colours: Readonly<Record<Proof['result'], Colour>> = {
  proven: 'green',
  refuted: 'red',
  undecided: 'yellow',
}

/** `refuted   admin is closed: GET https://…: rule "x" may let it in by noop`. */
const pretty: Render = (answers, terminal) => {
  const lines = answers.map(({ proof }) => {
    const word = paint(proof.result.padEnd(9), colours[proof.result], terminal)
    return `${word} ${textOf(proof)}\n`
  })
  const counts = Object.keys(colours).map(
    result => `${answers.filter(({ proof }) => proof.result === result).length} ${result}`,
  )
  const noun = answers.length === 1 ? 'claim' : 'claims'
  return `${lines.join('')}${answers.length} ${noun}: ${counts.join(', ')}\n`
}

const textOf = ({ claim, witness, reason }: Proof): string =>
  withoutControls(
    [claim, ...(witness ? [requestText(witness)] : []), ...(reason ? [reason] : [])].join(': '),
  )

const json: Render = answers =>
  `${JSON.stringify(
    answers.map(({ proof: { claim, result, reason, witness } }) => ({
      claim,
      result,
      reason,
      witness,
    })),
    null,
    2,
  )}\n`

const isWrong = ({ proof }: Answer): boolean => proof.result !== 'proven'

const tap: Render = answers =>
  [
    'TAP version 13',
    `1..${answers.length}`,
    ...answers.map((answer, i) => {
      const { claim } = answer.proof
      const name = withoutControls(claim).replace(/[#\\]/g, '\\$&')
      return isWrong(answer)
        ? `not ok ${i + 1} - ${name}\n# ${answer.proof.result}: ${textOf(answer.proof)}`
        : `ok ${i + 1} - ${name}`
    }),
    '',
  ].join('\n')

const junit: Render = answers =>
  junitReport([{ name: 'oarlock prove', cases: answers.map(junitCase) }])

function junitCase(answer: Answer): JunitCase {
  const { proof, place } = answer
  const name = withoutControls(proof.claim)
  if (!isWrong(answer)) return { name, classname: 'prove' }
  const message = textOf(proof)
  const at = withoutControls([place.file, ...(place.line ? [place.line] : [])].join(':'))
  const kind = proof.result === 'refuted' ? 'failure' : 'error'
  return {
    name,
    classname: 'prove',
    outcome: { kind, type: proof.result, message, text: `${at}: ${message}` },
  }
}

const github: Render = answers =>
  answers
    .filter(isWrong)
    .map(({ proof, place: { file, line = 1, column = 1 } }) =>
      workflowCommand({
        level: proof.result === 'refuted' ? 'error' : 'warning',
        title: proof.result,
        place: { file: withoutControls(file), line, column },
        message: textOf(proof),
      }),
    )
    .join('')

const md: Render = answers =>
  markdownTable(
    ['claim', 'result', 'reason', 'request'],
    answers.map(({ proof: { claim, result, reason, witness } }) => [
      markdownCell(withoutControls(claim)),
      result,
      markdownCell(withoutControls(reason ?? '')),
      witness === null ? '' : markdownCode(requestText(witness)),
    ]),
  )

export const formats = { pretty, json, junit, tap, github, md } as const satisfies Record<
  string,
  Render
>

export type Format = keyof typeof formats
