import type { Importance } from './findsNothing';
import { JsonParameter } from './jsonParameter';
import type { Values } from './values';
import { isRecord } from './values';
import type { Declared, Evaluate } from './writtenRule';
import { foundNothing, refuseNothingWithin } from './writtenRule';

/** What n8n's contexts of runs offer, and those of hooks and webhooks where they are given the position of an item. */
export interface InputContext {
	getNodeParameter(
		name: string,
		itemIndex: number,
		otherwise?: unknown,
		options?: { rawExpressions?: boolean; extractValue?: boolean },
	): unknown;
	evaluateExpression(expression: string, itemIndex: number): unknown;
}

/**
 * Reads what a person has written into the parameters of a node, and what comes of it in one item. This is the one place
 * where an expression that finds nothing is told from a parameter in which nothing is written.
 */
export class InputReader {
	private readonly values = new Map<string, unknown>();

	constructor(
		private readonly source: InputContext,
		private readonly position: number,
		private readonly declared: Declared,
	) {}

	labelOf(parameter: string): string {
		return this.declared.labelOf(parameter);
	}

	/** As it stands in the editor: an expression begins with `=`. Null for a parameter that does not show. */
	written(parameter: string): unknown {
		return this.source.getNodeParameter(parameter, this.position, null, { rawExpressions: true });
	}

	/** Its value in the item; null for one that does not show. @throws Refusal for an expression that finds nothing */
	given(parameter: string): unknown {
		if (this.values.has(parameter)) return this.values.get(parameter);
		const value = this.source.getNodeParameter(parameter, this.position, null);
		const given = { label: this.labelOf(parameter), written: this.written(parameter), value };
		refuseNothingWithin(given, parameter, this.declared, this.evaluate);
		this.values.set(parameter, value);
		return value;
	}

	/** What another program has answered, as it is: only an expression that leads nowhere is refused. @throws Refusal */
	data(parameter: string): unknown {
		const value = this.source.getNodeParameter(parameter, this.position, null);
		if (value === undefined) throw foundNothing(this.labelOf(parameter));
		return value;
	}

	/** The ID of an object that was picked. n8n throws where a parameter does not show, or is no address. */
	picked(parameter: string): unknown {
		return this.source.getNodeParameter(parameter, this.position, null, { extractValue: true });
	}

	/** The names of the fields that were added to a collection. */
	namesIn(collection: string): string[] {
		// n8n takes no expression for a collection as a whole: it loads such a node with none of its fields.
		const written = this.written(collection);
		return isRecord(written) ? Object.keys(written) : [];
	}

	/** All fields of a collection. @throws Refusal for an expression that finds nothing */
	fields(collection: string): Values {
		const names = this.namesIn(collection);
		const values = this.source.getNodeParameter(collection, this.position, {});
		for (const name of names) {
			const path = `${collection}.${name}`;
			const value = isRecord(values) ? values[name] : undefined;
			const given = { label: this.labelOf(path), written: this.written(path), value };
			refuseNothingWithin(given, path, this.declared, this.evaluate);
		}
		return isRecord(values) ? values : {};
	}

	/** Any JSON value, its numbers exact; undefined where nothing is written. @throws Refusal by label and path */
	jsonValue(parameter: string, importanceAt: (path: readonly string[]) => Importance): unknown {
		const value = this.source.getNodeParameter(parameter, this.position, null);
		const given = { label: this.labelOf(parameter), written: this.written(parameter), value };
		return new JsonParameter(given, importanceAt, this.evaluate).read();
	}

	private readonly evaluate: Evaluate = (expression) =>
		this.source.evaluateExpression(expression, this.position);
}
