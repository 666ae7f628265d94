/** The transport of the gRPC port in this run of the tests: `GRPC_TRANSPORT=library` chooses Node's HTTP/2. */
export const transport = process.env['GRPC_TRANSPORT'] === 'library' ? 'library' : 'direct'
