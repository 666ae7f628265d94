/** gRPC's frame of one message: a flag byte, the length in four bytes, the message. */

export const prefixBytes = 5

/** True for exactly one frame. */
export const isOneMessage = (framed: Buffer): boolean =>
  framed.length >= prefixBytes && framed.readUInt32BE(1) === framed.length - prefixBytes

export const isCompressed = (framed: Buffer): boolean => framed[0] !== 0

export function frameMessage(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, prefixBytes)
  return framed
}
