import { Anchor, Button, Checkbox, NativeSelect, Paper, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { answer, signup } from '../api/client';
import { asProblem } from '../api/problem';
import { offer, priceText } from '../offer';
import { Captcha } from './captcha';
import { remember } from './remembered';
import { type SignupFields, signupRules } from './signup-fields';
import { SignupProblem } from './signup-problem';

export function SignupForm({ plan }: { plan: string | null }) {
  const navigate = useNavigate();
  const [captcha, setCaptcha] = useState<string | null>(null);
  const [captchaError, setCaptchaError] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const form = useForm<SignupFields>({
    mode: 'controlled',
    validateInputOnBlur: true,
    clearInputErrorOnChange: true,
    initialValues: {
      email: '',
      company_name: '',
      password: '',
      plan: offer.plans.find(({ name }) => name === plan)?.name ?? 'starter',
      accept_terms: false,
    },
    validate: signupRules,
  });
  const send = useMutation({
    mutationFn: (fields: SignupFields) =>
      answer(
        signup.POST('/api/onboarding/signup', {
          body: { ...fields, region: 'us', ...(captcha === null ? {} : { captcha_token: captcha }) },
        }),
      ),
    onSuccess: ({ tenant_id: tenantId }, { email }) => {
      remember('tenant', tenantId);
      remember('email', email);
      void navigate(`/verify/${tenantId}`);
    },
    onError: (error) => {
      const problem = asProblem(error);
      form.setErrors(Object.fromEntries((problem.problem.errors ?? []).map(({ field, message }) => [field, message])));
      // Whatever came of it, the token may be used up.
      setRound((last) => last + 1);
    },
  });
  const submit = form.onSubmit((fields) => {
    const missing = offer.captcha !== null && captcha === null;
    setCaptchaError(missing ? 'Please confirm that you are a person.' : null);
    if (!missing) send.mutate(fields);
  });
  return (
    <Paper withBorder p="lg">
      <form onSubmit={submit} noValidate>
        <Stack>
          {send.error && <SignupProblem problem={asProblem(send.error)} email={form.values.email} />}
          <TextInput label="Work email" type="email" autoComplete="email" required {...form.getInputProps('email')} />
          <TextInput label="Company" autoComplete="organization" required {...form.getInputProps('company_name')} />
          <PasswordInput
            label="Password"
            description="At least 8 characters, any you like. A few unrelated words are easy to remember and hard to guess."
            autoComplete="new-password"
            required
            {...form.getInputProps('password')}
          />
          <NativeSelect
            label="Plan"
            data={offer.plans.map(({ name, title, price_cents_per_month: cents }) => ({
              value: name,
              label: `${title}, ${priceText(cents)} per month`,
            }))}
            {...form.getInputProps('plan')}
          />
          {form.values.plan === 'enterprise' && (
            <Text size="sm">
              For contracts, security questions or many teams,{' '}
              <Anchor href={`mailto:${offer.sales_email}?subject=Latchkey%20Enterprise`}>talk to us first</Anchor>. Or
              just go on: you can start by card.
            </Text>
          )}
          <Checkbox
            label={
              <>
                I accept the{' '}
                <Anchor component={Link} to="/legal/terms" target="_blank" underline="always">
                  terms of service
                </Anchor>
              </>
            }
            description={
              <>
                What we store and why: the{' '}
                <Anchor component={Link} to="/legal/privacy" target="_blank" underline="always" size="xs">
                  privacy policy
                </Anchor>
                .
              </>
            }
            {...form.getInputProps('accept_terms', { type: 'checkbox' })}
          />
          <Captcha round={round} error={captcha === null ? captchaError : null} onToken={setCaptcha} />
          <Button type="submit" size="md" loading={send.isPending}>
            Sign up and get my code
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}
