/** Something to dial: an address, or a name that has to be looked up first. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export function targetKey({ host, port }: Target): string {
  return `${host}:${port}`;
}
