import type { Check } from '../draft.ts'
import { checkCallers } from './callers.ts'
import { checkCaptures } from './captures.ts'
import { checkCertificates } from './certificates.ts'
import { checkConflicts } from './conflicts.ts'
import { checkCredentials } from './credentials.ts'
import { checkDots } from './dots.ts'
import { checkHandlers } from './handlers.ts'
import { checkHeaders } from './headers.ts'
import { checkHosts } from './hosts.ts'
import { checkIssuers } from './issuers.ts'
import { checkKeys } from './keys.ts'
import { checkLiterals } from './literals.ts'
import { checkOpenness } from './openness.ts'
import { checkParameters } from './parameters.ts'
import { checkSecrets } from './secrets.ts'
import { checkSettings } from './settings.ts'
import { checkSlow } from './slow.ts'
import { checkTemplates } from './templates.ts'

/** All checks. A new one is one file and one line here. */
export const checks: readonly Check[] = [
  checkConflicts,
  checkHosts,
  checkDots,
  checkSlow,
  checkLiterals,
  checkOpenness,
  checkHandlers,
  checkTemplates,
  checkCaptures,
  checkHeaders,
  checkCallers,
  checkCredentials,
  checkSettings,
  checkIssuers,
  checkKeys,
  checkCertificates,
  checkSecrets,
  checkParameters,
]
