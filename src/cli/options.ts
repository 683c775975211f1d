/** The option that every command has, kept here because commander hands it to the program alone. */
let file: string | undefined

/** The file given with --config; undefined: GYRO_CONFIG or the usual one. */
export function configFile(): string | undefined {
  return file
}

export function setConfigFile(path: string | undefined): void {
  file = path
}
