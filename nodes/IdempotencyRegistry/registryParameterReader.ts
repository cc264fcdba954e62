import { parseExactJson } from '../shared/parameters/exactJson';
import type { Importance } from '../shared/parameters/noValue';
import { readNumber } from '../shared/parameters/numberOption';
import { ParameterReader } from '../shared/parameters/parameterReader';
import { toInputText } from '../shared/parameters/values';
import type { RegistryNumberName } from './options';
import { REGISTRY_NUMBERS } from './options';

/** Reads the parameters of one item. */
export class RegistryParameterReader extends ParameterReader {
	private fields: Record<string, unknown> | undefined;

	/** The options of the item; each is checked where it is used. */
	options(): Record<string, unknown> {
		return (this.fields ??= this.input.fields('options'));
	}

	/** A number among the options. */
	optionNumber(name: RegistryNumberName): number {
		return readNumber(REGISTRY_NUMBERS[name], this.options()[name]);
	}

	/** A choice among the options; the first of the values is the default. */
	optionChoice<T extends string>(name: string, values: readonly [T, ...T[]]): T {
		const given = toInputText(this.options()[name]).trim();
		if (given === '') return values[0];
		const chosen = values.find((value) => value === given);
		if (chosen !== undefined) return chosen;
		throw this.buildError(name, `is "${given}"`, `Its expression must return ${values.join(' or ')}.`);
	}

	/** JSON of any kind, its numbers exact: what came of something need not be an object. A text that is no JSON is a text. */
	anyJson(parameter: string): unknown {
		const value = this.input.rawValue(parameter);
		if (typeof value !== 'string') return value;
		return parseAnyJson(value) ?? value;
	}

	/** What another API is asked for may mean anything there. */
	protected override importanceInJson(): Importance {
		return 'deciding';
	}
}

/** @returns undefined for a text that is no JSON, or has a number that cannot be kept exactly */
function parseAnyJson(text: string): unknown {
	try {
		return parseExactJson(text);
	} catch {
		return undefined;
	}
}
