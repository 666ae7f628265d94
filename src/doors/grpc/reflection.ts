import type { Server } from '@grpc/grpc-js'
import type { PackageDefinition } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { descriptors } from './generated/descriptors.ts'

/** Server reflection for tools such as grpcurl: describes the Authorization and the health service. */
export function addReflection(server: Server): void {
  const described = descriptors.map(text => Buffer.from(text, 'base64'))
  new ReflectionService(asPackage(described)).addToServer(server)
}

/** The reflection service reads only the descriptors of a package. */
const asPackage = (fileDescriptorProtos: Buffer[]): PackageDefinition =>
  ({ described: { fileDescriptorProtos } }) as unknown as PackageDefinition
