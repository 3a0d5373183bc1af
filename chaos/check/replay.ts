import type { ItemProgress, Json, JsonObject } from '#order-model';
import { type Edit, editsOf, pathOf, put, tokensOf, valueAt } from './document.js';
import type { SupplementRow, VersionRow } from './evidence.js';
import { ENDED, mayMove, rolledUp } from './states.js';

export type ReplayInput =
  | { readonly line: 'version'; readonly row: VersionRow }
  | { readonly line: 'supplement'; readonly row: SupplementRow };

/** What one input came to, by the checker's own reading of the domain. */
export type Step = 'revised' | 'held' | 'rejected';

const ITEMS = 'productOrderItem';
const stateAt = (item: Json | undefined): string => String((item as JsonObject | undefined)?.state ?? 'acknowledged');

/** One order, replayed input by input: slow, and independent of the merger. */
export class Replay {
  document: JsonObject = {};
  revision = 0;
  private readonly history: { readonly path: string; readonly revision: number }[] = [];

  /** Takes the next input of the recorded line. */
  take(input: ReplayInput): Step {
    if (input.line === 'supplement') return this.supplement(input.row);
    const { kind, data } = input.row;
    switch (kind) {
      case 'order.created':
        this.document = structuredClone(data.order ?? {});
        this.revision = 1;
        return 'revised';
      case 'order.amended':
        return this.revise(this.ended() ? [] : (data.delta ?? []).filter((edit) => this.applies(edit)));
      case 'order.progressed':
        return this.revise((data.items ?? []).flatMap((report) => this.reported(report)));
      default:
        return kind satisfies never;
    }
  }

  private ended(): boolean {
    return ENDED.has(String(this.document.state));
  }

  private item(id: string): Json | undefined {
    return valueAt(this.document, [ITEMS, id]);
  }

  /** An amendment is a fact; what of it touches an item that is not there or was cancelled is left out. */
  private applies({ path }: Edit): boolean {
    const [first, id, ...below] = tokensOf(path);
    if (first !== ITEMS || id === undefined) return true;
    const item = this.item(id);
    if (below.length === 0) return item === undefined;
    return item !== undefined && stateAt(item) !== 'cancelled';
  }

  private reported({ id, state, milestone, pointOfNoReturn }: ItemProgress): Edit[] {
    const item = this.item(id);
    if (item === undefined) return [];
    const from = stateAt(item);
    if (state !== undefined && state !== from && !mayMove(from, state)) return [];
    const edits: Edit[] = [];
    const edit = (below: readonly string[], after: Json): void => void edits.push({ path: pathOf([ITEMS, id, ...below]), after });
    if (state !== undefined && state !== from) edit(['state'], state);
    if (pointOfNoReturn !== undefined) edit(['pointOfNoReturn'], pointOfNoReturn);
    if (typeof milestone === 'string' && valueAt(item, ['milestone', milestone]) === undefined) {
      edit(['milestone', milestone], { name: milestone });
    }
    return edits;
  }

  private supplement({ request }: SupplementRow): Step {
    if (this.ended()) return 'rejected';
    const { [ITEMS]: items = [], ...attributes } = request.changes;
    const edits = editsOf(this.document, attributes);
    for (const element of items as JsonObject[]) {
      const mine = this.itemEdits(element);
      if (mine === 'refused') return 'rejected';
      edits.push(...mine);
    }
    const { basedOnRevision, onConflict = 'hold' } = request;
    if (basedOnRevision !== undefined && onConflict !== 'overwrite' && this.changedSince(basedOnRevision, edits)) {
      return onConflict === 'hold' ? 'held' : 'rejected';
    }
    return this.revise(edits);
  }

  private itemEdits({ intent, ...element }: JsonObject): Edit[] | 'refused' {
    const place = [ITEMS, String(element.id)];
    const item = this.item(String(element.id));
    const state = stateAt(item);
    if (intent === 'add') {
      return item === undefined ? [{ path: pathOf(place), after: { ...element, state: 'acknowledged' } }] : 'refused';
    }
    if (item === undefined) return 'refused';
    const closed = ['completed', 'failed', 'cancelled'].includes(state) || (item as JsonObject).pointOfNoReturn === true;
    if (intent === 'cancel') {
      return closed || !mayMove(state, 'cancelled') ? 'refused' : [{ path: pathOf([...place, 'state']), after: 'cancelled' }];
    }
    const edits = editsOf(item, element, place);
    return closed && edits.length > 0 ? 'refused' : edits;
  }

  private changedSince(revision: number, edits: readonly Edit[]): boolean {
    const related = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
    return this.history.some((past) => past.revision > revision && edits.some(({ path }) => related(path, past.path)));
  }

  private revise(edits: readonly Edit[]): Step {
    this.revision += 1;
    for (const { path, after } of edits) {
      put(this.document, tokensOf(path), after);
      this.history.push({ path, revision: this.revision });
    }
    if (!this.ended()) {
      const states = ((this.document[ITEMS] ?? []) as JsonObject[]).map(stateAt);
      const state = rolledUp(states, String(this.document.state));
      if (state !== this.document.state) this.history.push({ path: '/state', revision: this.revision });
      this.document.state = state;
    }
    return 'revised';
  }
}
