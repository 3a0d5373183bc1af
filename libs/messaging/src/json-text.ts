/**
 * A value as its JSON text: what is stored, told and answered is written once. A column or an event's `data` may be one;
 * within another value it is written as the value that it stands for.
 */
export class JsonText {
  constructor(readonly text: string) {}

  static of(value: object): JsonText {
    return new JsonText(JSON.stringify(value));
  }

  /** The text of an object with one member more, whose text is at hand. @param members at least one */
  static with(members: object, name: string, { text }: JsonText): JsonText {
    return new JsonText(`${JSON.stringify(members).slice(0, -1)},${JSON.stringify(name)}:${text}}`);
  }

  /** The text of the same object with more members behind its own. @param members at least one, with names that it has not */
  and(members: object): JsonText {
    const more = JSON.stringify(members);
    return new JsonText(this.text === '{}' ? more : `${this.text.slice(0, -1)},${more.slice(1)}`);
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}
