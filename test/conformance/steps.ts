import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { placeholder } from './context.ts'
import { writeCaseFile } from './files.ts'
import { observe, type Stage } from './observe.ts'
import type { Step } from './types.ts'

export const isChange = (step: Step): boolean =>
  step.sleep_ms !== undefined || step.write_file !== undefined || step.remove_file !== undefined

/** Steps that are not requests: wait, or change a file and wait until an answer shows it. */
export async function change(stage: Stage, step: Step): Promise<void> {
  if (step.sleep_ms !== undefined) {
    await wait(step.sleep_ms)
    return
  }
  const before = step.until_changed && (await observe(stage, step.until_changed))
  changeFiles(stage, step)
  const deadline = Date.now() + 5000
  while (step.until_changed && Date.now() < deadline) {
    if (!isDeepStrictEqual(await observe(stage, step.until_changed), before)) break
    await wait(50)
  }
  await wait(step.settle_ms ?? 0)
}

function changeFiles({ context }: Stage, step: Step): void {
  if (step.remove_file !== undefined) rmSync(join(placeholder(context, 'DIR'), step.remove_file))
  for (const [name, content] of Object.entries(step.write_file ?? {}))
    writeCaseFile(context, name, content)
}
