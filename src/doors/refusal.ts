import { plainText, renderError } from '../handlers/errors/error-body.ts'
import type { Reply } from '../model/decision.ts'
import type { Failure } from '../model/failure.ts'

/** The answer to a request that a door denies before rules are matched: the built-in JSON body, without a reason. */
export const refusal = (failure: Failure): Reply =>
  renderError({ failure, text: plainText(failure) })
