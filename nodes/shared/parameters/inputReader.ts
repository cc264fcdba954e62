import type { Importance } from './findsNothing';
import { JsonParameter } from './jsonParameter';
import type { Values } from './values';
import { isRecord } from './values';
import type { Chosen, Evaluate, ParameterCatalog, Property } from './writtenRule';
import { buildNothingFoundError, refuseEmptyExpressionWithin } from './writtenRule';

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
	private chosenOnce: Chosen | undefined;

	constructor(
		private readonly source: InputContext,
		private readonly position: number,
		private readonly catalog: ParameterCatalog,
		private readonly parent = '',
	) {}

	/** The parameters inside another one, such as the fields of a row, by their own names. */
	within(parent: string): InputReader {
		return new InputReader(this.source, this.position, this.catalog, `${this.parent}${parent}.`);
	}

	/** @param parameter a row of it is named by its position: `lineItems.item[0].price` */
	labelOf(name: string): string {
		return this.labelAt(`${this.parent}${name}`);
	}

	private labelAt(parameter: string): string {
		const [, collection, row, field] = /^([^[]*)\.[^.[]*\[(\d+)\](?:\.(.*))?$/.exec(parameter) ?? [];
		if (collection === undefined) return this.catalog.labelOf(parameter, this.chosen());
		const label = `${this.labelAt(collection)}, row ${Number(row) + 1}`;
		const path = toCatalogPath(parameter);
		return field === undefined ? label : `${label}: ${this.catalog.labelOf(path, this.chosen())}`;
	}

	/** What the editor declares of a parameter. */
	propertyOf(name: string): Property | undefined {
		return this.catalog.propertyOf(toCatalogPath(`${this.parent}${name}`), this.chosen());
	}

	/** They are the same in all items: n8n takes no expression for them. */
	private chosen(): Chosen {
		const chosen = (name: string) => this.source.getNodeParameter(name, this.position, null);
		return (this.chosenOnce ??= { resource: chosen('resource'), operation: chosen('operation') });
	}

	/** As it stands in the editor: an expression begins with `=`. Null for a parameter that does not show. */
	written(parameter: string): unknown {
		return this.source.getNodeParameter(`${this.parent}${parameter}`, this.position, null, {
			rawExpressions: true,
		});
	}

	/** Its value in the item; null for one that does not show. @throws ItemError for an expression that finds nothing */
	value(parameter: string): unknown {
		if (this.values.has(parameter)) return this.values.get(parameter);
		const value = this.source.getNodeParameter(`${this.parent}${parameter}`, this.position, null);
		const parameterRead = { label: this.labelOf(parameter), written: this.written(parameter), value };
		refuseEmptyExpressionWithin(
			parameterRead,
			toCatalogPath(`${this.parent}${parameter}`),
			this.catalog,
			this.evaluate,
		);
		this.values.set(parameter, value);
		return value;
	}

	/** What another program has answered, as it is: only an expression that leads nowhere is refused. @throws ItemError */
	rawValue(parameter: string): unknown {
		const value = this.source.getNodeParameter(`${this.parent}${parameter}`, this.position, null);
		if (value === undefined) throw buildNothingFoundError(this.labelOf(parameter));
		return value;
	}

	/** What comes of it in the item, or nothing: for what is refused in words of its own. */
	valueAsFound(parameter: string): unknown {
		return this.source.getNodeParameter(`${this.parent}${parameter}`, this.position, null);
	}

	/** The ID of an object that was picked. n8n throws where a parameter does not show, or is no address. */
	pickedId(parameter: string): unknown {
		const path = `${this.parent}${parameter}`;
		return this.source.getNodeParameter(path, this.position, null, { extractValue: true });
	}

	/** The names of the fields that were added to a collection. */
	fieldNames(collection: string): string[] {
		// n8n takes no expression for a collection as a whole: it loads such a node with none of its fields.
		const written = this.written(collection);
		return isRecord(written) ? Object.keys(written) : [];
	}

	/** All fields of a collection. @throws ItemError for an expression that finds nothing */
	fields(collection: string): Values {
		const names = this.fieldNames(collection);
		const values = this.source.getNodeParameter(`${this.parent}${collection}`, this.position, {});
		for (const name of names) {
			const path = `${collection}.${name}`;
			const value = isRecord(values) ? values[name] : undefined;
			const parameterRead = { label: this.labelOf(path), written: this.written(path), value };
			refuseEmptyExpressionWithin(parameterRead, path, this.catalog, this.evaluate);
		}
		return isRecord(values) ? values : {};
	}

	/** Any JSON value, its numbers exact; undefined where nothing is written. @throws ItemError by label and path */
	jsonValue(parameter: string, importanceAt: (path: readonly string[]) => Importance): unknown {
		const value = this.source.getNodeParameter(`${this.parent}${parameter}`, this.position, null);
		const parameterRead = { label: this.labelOf(parameter), written: this.written(parameter), value };
		return new JsonParameter(parameterRead, importanceAt, this.evaluate).read();
	}

	private readonly evaluate: Evaluate = (expression) =>
		this.source.evaluateExpression(expression, this.position);
}

/** Without the positions of rows. */
function toCatalogPath(parameter: string): string {
	return parameter.replace(/\[\d+\]/g, '');
}
