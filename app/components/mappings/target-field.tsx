import { useMemo } from 'react';
import { targetInWords } from '#app/domain/mapping-words.ts';
import type { MappingScope } from '#app/domain/rules.ts';
import {
  CONSENT_TARGETS,
  CORE_TARGETS,
  EVENT_TARGETS,
  LOCATION_TARGETS,
  readTarget,
} from '#app/domain/targets.ts';
import { ChooseOrType } from './choose-or-type.tsx';

type TargetFieldProps = {
  scope: MappingScope;
  value: string;
  onChange: (value: string) => void;
  /** Targets that the shop's other mappings of this scope set. */
  known: string[];
  error?: string;
};

const BUILT_IN: { title: string; targets: string[] }[] = [
  { title: 'Profile', targets: [...CORE_TARGETS] },
  { title: 'Address', targets: LOCATION_TARGETS.map((name) => `location.${name}`) },
  { title: 'Consent and list', targets: [...CONSENT_TARGETS.map((name) => `consent.${name}`), 'list'] },
  { title: 'Event', targets: EVENT_TARGETS.map((name) => `event.${name}`) },
  { title: 'Leave out', targets: ['skip'] },
];

const EXAMPLES: Record<MappingScope, string> = {
  customer: 'properties.Joined Store',
  order: 'properties.Store',
  item: 'properties.Colour',
  reward: 'properties.Tier Name',
};

/** What a mapping sets: built-in targets by their plain names, properties that are known, or a new property. */
export function TargetField({ scope, value, onChange, known, error }: TargetFieldProps) {
  const groups = useMemo(() => {
    const named = (targets: string[]) =>
      targets.map((target) => ({ value: target, label: labelOf(scope, target) }));
    const properties = known.filter((target) => /^(properties|profile)\./.test(target)).toSorted();
    return [
      ...BUILT_IN.map(({ title, targets }) => ({
        title,
        options: named(targets.filter((target) => !('problem' in readTarget(scope, target)))),
      })),
      { title: 'Properties of other mappings', options: named(properties) },
    ].filter(({ options }) => options.length > 0);
  }, [scope, known]);
  const isKnown = value !== '' && !('problem' in readTarget(scope, value));
  return (
    <ChooseOrType
      label="Target"
      value={value}
      onChange={onChange}
      groups={groups}
      suggest={(typed) => newProperties(scope, typed)}
      error={error}
      helpText={
        isKnown
          ? `Sets: ${labelOf(scope, value)}.`
          : `Choose one, or type the name of a property such as ${EXAMPLES[scope]}.`
      }
      placeholder={EXAMPLES[scope]}
    />
  );
}

function labelOf(scope: MappingScope, target: string): string {
  const words = targetInWords(scope, target);
  return /^(properties|profile)\./.test(target) ? `Property ${words}` : words;
}

function newProperties(scope: MappingScope, typed: string): { value: string; label: string }[] {
  if (!('problem' in readTarget(scope, typed))) {
    return [];
  }
  return ['properties', 'profile']
    .map((group) => `${group}.${typed.replace(/^(properties|profile)\.?/, '').trim()}`)
    .filter((target) => !target.endsWith('.') && !('problem' in readTarget(scope, target)))
    .map((target) => ({ value: target, label: labelOf(scope, target) }));
}
