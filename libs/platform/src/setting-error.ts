/** A setting that keeps a service from starting; the message is one line that names the setting. */
export class SettingError extends Error {
  constructor(
    readonly setting: string,
    detail: string,
  ) {
    super(`${setting}: ${detail}`);
    this.name = 'SettingError';
  }
}
