import { plainText, renderError } from '../handlers/errors/error-body.ts'
import type { Reply } from '../model/decision.ts'
import type { Failure } from '../model/failure.ts'

/** The answer to what a door itself refuses, before any rule was looked for: the built-in JSON body, without reasons. */
export const refusal = (failure: Failure): Reply =>
  renderError({ failure, text: plainText(failure) })
