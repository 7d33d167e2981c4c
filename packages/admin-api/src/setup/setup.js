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
  try {
    const response = await fetch('/api/v1/setup', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: setupToken }),
    });
    const answer = await response.json();
    if (response.ok) show(answer);
    else say(`${answer.detail} ${answer.hint ?? ''}`);
  } catch {
    byId('exchange').disabled = false;
    say('The service did not answer. Try again.');
  }
}

function show({ name, role, token }) {
  byId('exchange').hidden = true;
  byId('result').hidden = false;
  byId('token').value = token;
  byId('usage').textContent = `export TOUCHMARK_URL=${location.origin}\nexport TOUCHMARK_TOKEN=${token}`;
  say(`You are ${name}, ${role}. Keep the token: it cannot be shown again.`);
}

byId('exchange').addEventListener('click', exchange);
byId('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(byId('token').value);
  say('Copied.');
});

if (setupToken === '') say('Open the setup link that the service printed at its first start.');
else byId('exchange').hidden = false;
