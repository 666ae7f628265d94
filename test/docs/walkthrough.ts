/** Follows a page: writes its files and runs its commands in one shell, in the order of the page. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '../support/child.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { type Fence, fencesIn } from '../support/fences.ts'
import { temporaryFolder } from '../support/folder.ts'

export interface Step {
  readonly line: number
  readonly commands: string
  /** The output that the page shows; none without a block below the commands. */
  readonly expected: string
}

export interface Outcome {
  readonly status: number
  readonly printed: string
}

type Part = Step | { readonly file: string; readonly text: string }

/** A block with `file=` is a file, one of `sh` contains commands, and `text` right below is their output. */
export function partsOf(page: string): readonly Part[] {
  const fences = fencesIn(page)
  return fences.flatMap((fence, i): readonly Part[] => {
    const file = fence.attributes.get('file')
    if (file !== undefined) return [{ file, text: fence.text }]
    return fence.language === 'sh' ? [stepOf(fence, fences[i + 1])] : []
  })
}

const stepOf = ({ line, text }: Fence, below: Fence | undefined): Step => ({
  line,
  commands: text,
  expected: below?.language === 'text' ? below.text : '',
})

export const isStep = (part: Part): part is Step => 'commands' in part

export interface Walk {
  readonly parts: readonly Part[]
  /** The folder is empty at first. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** The outcome of each step; steps after the end of the shell are missing. */
export async function walk(t: Cleanup, { parts, folder, env }: Walk): Promise<readonly Outcome[]> {
  const own = temporaryFolder(t)
  const script = join(own, 'page.sh')
  writeFileSync(script, parts.map(linesOf).join(''))
  const child = startChild(t, {
    command: ['bash', '-c', 'cd "$1" && exec bash "$2"', 'bash', folder, script],
    logFile: join(own, 'log'),
    env,
  })
  const limit = setTimeout(() => void child.stop(), longestWait)
  await child.exitCode
  clearTimeout(limit)
  return outcomesIn(readFileSync(join(own, 'log'), 'utf8'))
}

/** Below the time limit of a test: the output until then is compared. */
const longestWait = 540_000

const mark = '@@@ status'

function linesOf(part: Part): string {
  if (isStep(part)) return `${part.commands}printf '\\n${mark} %s\\n' "$?"\n`
  return `cat > '${part.file}' <<'END OF THE FILE'\n${part.text}END OF THE FILE\n`
}

function outcomesIn(log: string): readonly Outcome[] {
  const pieces = log.split(new RegExp(`\\n${mark} (\\d+)\\n`))
  const outcomes: Outcome[] = []
  for (let at = 0; at + 1 < pieces.length; at += 2) {
    outcomes.push({ printed: pieces[at] ?? '', status: Number(pieces[at + 1]) })
  }
  return outcomes
}
