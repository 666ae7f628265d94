import { request } from 'node:http'
import { credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js'
import { loopback } from '../conformance/ports.ts'
import { encodeCheck, readCheck } from './check-request.ts'
import { headers, host, pathOf } from './request.ts'
import type { Launch, Scene } from './types.ts'

/** The caller that the server names; undefined when it denies the request. */
export type Ask = (rule: number, token?: string) => Promise<string | undefined>

export const asker = ({ door }: Scene, { prefix, socket }: Launch, port: number): Ask => {
  if (door === 'http') return (rule, token) => askHttp(port, `${prefix}${pathOf(rule)}`, token)
  const address = socket === undefined ? `${loopback}:${port}` : `unix:${socket}`
  return (rule, token) => askGrpc(address, encodeCheck(rule, token))
}

function askHttp(port: number, path: string, token?: string): Promise<string | undefined> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return new Promise(resolve => {
    const call = request(
      { host: loopback, port, path, agent: false, headers: { ...headers, host, ...authorization } },
      response => {
        response.resume()
        const user = response.headers['x-user']
        resolve(response.statusCode === 200 ? String(user) : undefined)
      },
    )
    call.on('error', () => resolve(undefined))
    call.end()
  })
}

const method = '/envoy.service.auth.v3.Authorization/Check'
const same = (bytes: Buffer): Buffer => bytes
const Client = makeGenericClientConstructor({}, 'Authorization')

function askGrpc(address: string, message: Buffer): Promise<string | undefined> {
  const client = new Client(address, credentials.createInsecure())
  return new Promise(resolve => {
    const done = (_: ServiceError | null, bytes?: Buffer) => {
      client.close()
      const answer = bytes === undefined ? undefined : readCheck(bytes)
      resolve(answer?.code === 0 ? answer.user : undefined)
    }
    client.makeUnaryRequest(method, same, same, message, { deadline: Date.now() + 2000 }, done)
  })
}
