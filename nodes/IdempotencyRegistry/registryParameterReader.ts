import { detectUnusableKeyText } from '../../ledger/identity/unusableText';
import { toCanonicalText } from '../../ledger/model/canonicalText';
import { describeUnusableName } from '../shared/key/keyMessages';
import { parseExactJson } from '../shared/parameters/exactJson';
import type { Importance } from '../shared/parameters/noValue';
import { readNumber } from '../shared/parameters/numberOption';
import { ParameterReader } from '../shared/parameters/parameterReader';
import { joinChoices, toInputText } from '../shared/parameters/values';
import type { RegistryNumberName } from './options';
import { REGISTRY_NUMBERS } from './options';

/** Reads the parameters of one item. */
export class RegistryParameterReader extends ParameterReader {
	private fields: Record<string, unknown> | undefined;

	/** Returns the options of the item. Each one is checked when it is read. */
	options(): Record<string, unknown> {
		return (this.fields ??= this.input.fields('options'));
	}

	/** Reads a numeric option. */
	optionNumber(name: RegistryNumberName): number {
		return readNumber(REGISTRY_NUMBERS[name], this.options()[name]);
	}

	/** Reads an option with fixed values. The first one is the default. */
	optionChoice<T extends string>(name: string, values: readonly [T, ...T[]]): T {
		const given = toInputText(this.options()[name]).trim();
		if (given === '') return values[0];
		const chosen = values.find((value) => value === given);
		if (chosen !== undefined) return chosen;
		throw this.buildError(name, `is "${given}"`, `Its expression must return ${joinChoices(values)}.`);
	}

	/**
	 * Reads a name that identifies something, as a part of a key does. Invisible characters do not make it a different name.
	 */
	identifier(parameter: string): string {
		const name = toCanonicalText(this.text(parameter));
		const unusable = detectUnusableKeyText(name);
		if (unusable === undefined) return name;
		throw this.buildError(parameter, ...describeUnusableName(unusable, name));
	}

	optionalIdentifier(parameter: string): string | undefined {
		return this.optionalText(parameter) === undefined ? undefined : this.identifier(parameter);
	}

	/**
	 * Reads JSON of any type, with exact numbers, because a response need not be an object. Text that is not JSON is returned as
	 * text.
	 */
	anyJson(parameter: string): unknown {
		const value = this.input.rawValue(parameter);
		if (typeof value !== 'string') return value;
		return parseAnyJson(value) ?? value;
	}

	/** Parameters of other APIs may mean anything. */
	protected override importanceInJson(): Importance {
		return 'deciding';
	}
}

/** @returns undefined for text that is not JSON, or contains a number that cannot be represented exactly */
function parseAnyJson(text: string): unknown {
	try {
		return parseExactJson(text);
	} catch {
		return undefined;
	}
}
