/** Functions with access to the outside of the request: available only if the configuration allows them by name. */

import { bytesOf } from '../../lib/bytes.ts'
import { environment } from '../../lib/environment.ts'
import { fixed } from '../go/callable.ts'
import type { FunctionGroup } from './function.ts'

const variable = (name: string): string => bytesOf(environment()[name] ?? '')

export const outside: FunctionGroup = {
  env: fixed(['string'], variable),
  expandenv: fixed(['string'], text =>
    text.replace(
      /\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g,
      (_, braced: string | undefined, bare: string | undefined) => variable(braced ?? bare ?? ''),
    ),
  ),
}

/** Oathkeeper's functions that are not available here, and why. */
export const unavailableFunctions: ReadonlyMap<string, string> = new Map([
  ['getHostByName', 'it would stop all requests while it waits for the name'],
  ...[
    'genPrivateKey',
    'genCA',
    'genCAWithKey',
    'genSelfSignedCert',
    'genSelfSignedCertWithKey',
    'genSignedCert',
    'genSignedCertWithKey',
    'buildCustomCert',
  ].map((name): [string, string] => [name, 'it would stop all requests for seconds']),
])
