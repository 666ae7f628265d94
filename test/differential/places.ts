/** Addresses as scenarios write them: each system has its own stubs. */
export const stubUrl = (path: string): string => `http://\${STUB}${path}`
export const dataFile = (name: string): string => `file://\${DATA}/${name}`
