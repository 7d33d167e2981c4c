// Posts the token of the URL's fragment once, when asked, and shows what came back.
const byId = (id) => document.getElementById(id);
const setupToken = new URLSearchParams(location.hash.slice(1)).get('token') ?? location.hash.slice(1);
const say = (text) => {
  byId('message').textContent = text;
};

// Neither history nor a screenshot of the address bar keeps the token.
history.replaceState(null, '', location.pathname);

async function exchange() {
  byId('exchange').disabled = true;
  const name = byId('name').value.trim();
  try {
    const response = await fetch('/api/v1/setup', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: setupToken, ...(name !== '' && { name }) }),
    });
    const answer = await response.json();
    if (response.ok) show(answer);
    else refuse(answer);
  } catch {
    byId('exchange').disabled = false;
    say('The service did not answer. Try again.');
  }
}

function refuse({ code, detail, hint }) {
  // The link is not spent by a name that is not accepted.
  byId('exchange').disabled = code !== 'requestInvalid';
  say(`${detail} ${hint ?? ''}`);
}

function show({ name, role, token, expiresAt }) {
  byId('form').hidden = true;
  byId('result').hidden = false;
  byId('token').value = token;
  byId('usage').textContent = `export TOUCHMARK_URL=${location.origin}\nexport TOUCHMARK_TOKEN=${token}`;
  say(`You are ${name}, ${role}, until ${expiresAt.slice(0, 10)}. Keep the token: it cannot be shown again.`);
}

byId('exchange').addEventListener('click', exchange);
byId('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(byId('token').value);
  say('Copied.');
});

if (setupToken === '')
  say('Open the setup link that the service printed at its first start, or that an administrator made.');
else byId('form').hidden = false;
