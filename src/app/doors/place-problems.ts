/** Checks whether the doors can listen at their addresses, without listening. */
import { lookup } from 'node:dns/promises'
import { constants } from 'node:fs'
import { access, lstat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { dirname } from 'node:path'
import type { Config } from '../../config/config.ts'
import { bareHost } from './listen-options.ts'

/** One line each, with the key. */
export interface StartFindings {
  readonly problems: readonly string[]
  /** Problems that do not prevent a start. */
  readonly warnings: readonly string[]
}

const nothing: StartFindings = { problems: [], warnings: [] }
const aProblem = (text: string): StartFindings => ({ problems: [text], warnings: [] })
const aWarning = (text: string): StartFindings => ({ problems: [], warnings: [text] })

/** `work` may return a warning; its exception is a problem. Never rejects. */
export async function attempt(work: () => unknown): Promise<StartFindings> {
  try {
    const warning = await work()
    return typeof warning === 'string' ? aWarning(warning) : nothing
  } catch (error) {
    return aProblem((error as Error).message)
  }
}

interface Place {
  readonly key: string
  readonly host: string
  readonly socket: string
}

/** One finding for each door. */
export const tryPlaces = (config: Config): readonly Promise<StartFindings>[] =>
  placesOf(config).map(tryPlace)

function placesOf({ serve: { api, proxy, grpc, prometheus } }: Config): readonly Place[] {
  const doors = { api, ...(proxy.enabled && { proxy }), ...(grpc.enabled && { grpc }) }
  const places = Object.entries(doors).map(([door, { host, socket }]) => ({
    key: `serve.${door}`,
    host: bareHost(host),
    socket,
  }))
  if (!prometheus.enabled) return places
  return [...places, { key: 'serve.prometheus', host: bareHost(prometheus.host), socket: '' }]
}

const tryPlace = ({ key, host, socket }: Place): Promise<StartFindings> =>
  socket ? trySocket(`${key}.socket`, socket) : tryHost(`${key}.host`, host)

/** An existing socket file is not a problem of the configuration: Oarlock left it, or is listening on it. */
async function trySocket(key: string, path: string): Promise<StartFindings> {
  const found = await lstat(path).catch(() => undefined)
  if (found) {
    return found.isSocket()
      ? nothing
      : aProblem(`${key} ${path}: found a file that is not a socket`)
  }
  return named(`${key} ${path}`, () => access(dirname(path), constants.W_OK | constants.X_OK))
}

async function tryHost(key: string, host: string): Promise<StartFindings> {
  if (host === '') return nothing
  if (isIP(host) !== 0)
    return isOwn(host)
      ? nothing
      : aWarning(`${key} ${host}: found an address that this machine does not have`)
  return named(`${key} ${host}`, () => lookup(host))
}

const named = (key: string, work: () => Promise<unknown>): Promise<StartFindings> =>
  attempt(() =>
    work().then(
      () => undefined,
      (error: Error) => {
        throw new Error(`${key}: ${error.message}`)
      },
    ),
  )

const isOwn = (address: string): boolean =>
  /^(?:127\.|0\.0\.0\.0$|::1?$)/.test(address) ||
  Object.values(networkInterfaces()).some(list => list?.some(own => own.address === address))
