/** The messages of grpc.health.v1. */
import protobuf from 'protobufjs'

const statuses: protobuf.IMapField = { keyType: 'string', type: 'Response', id: 1 }
const root = protobuf.Root.fromJSON({
  nested: {
    Request: { fields: { service: { type: 'string', id: 1 } } },
    Response: { fields: { status: { type: 'uint32', id: 1 } } },
    List: { fields: { statuses } },
  },
})
const request = root.lookupType('Request')
const response = root.lookupType('Response')
const list = root.lookupType('List')

export const serving = 1
export const notServing = 2
/** Only in answers of Watch. */
export const serviceUnknown = 3

const encoded = (type: protobuf.Type, value: object): Buffer =>
  Buffer.from(type.encode(value).finish())

export const healthOf = (status: number): Buffer => encoded(response, { status })

export const healthListOf = (names: readonly string[], status: number): Buffer =>
  encoded(list, { statuses: Object.fromEntries(names.map(name => [name, { status }])) })

/** The name of a service; undefined: the message is not valid. */
export function serviceOf(message: Buffer): string | undefined {
  try {
    return (request.decode(message) as unknown as { readonly service: string }).service
  } catch {
    return undefined
  }
}
