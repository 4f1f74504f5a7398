"""The general vocabulary of the guide. It knows English, and nothing about Chatsite."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = _set(
    """
    a about afternoon all already also always am an and another any anyone anything are as at awesome be
    because been being bit both but button by bye call called can certain cheers cool could curious did
    different do does doing done each either else even evening ever every everybody everyone everything
    exist exists explain for from get gets getting give go goes going good goodbye got great greetings
    had hallo happen happens has have having he hello help her here hers hey hi him his how i if in
    instead into is it its just know last let like lol look looks many may maybe me mean meaning means might
    mine more morning much must my myself need nice no not now of off ok okay on once one only onto or
    other our ours out over own per perfect please possible put quick quickly real really said say says
    seem seems shall she should show simply so some somebody somehow someone something sometimes
    somewhere still stuff such take tell than thank thanks that the their them then there these they
    thing things this those thx time to too toward try trying up upon us use used uses using very via
    want wanted wants was way we well were what whats when where whether which while who whom whose why
    will with within wonder wondering work works would yes yet you your yours yourself
    """
)

# Only words that mean nothing in English, or next to nothing.
FOREIGN = _set(
    """
    ich wie kann mein meine meinen meiner der das und ist sind nicht ein eine einen wo für auf mit
    wer warum je est les des mon ma une pour dans où quel quelle qui sur pas le la mes avec puis
    puedo mi el los las para qué dónde cómo como una un con por mis il mio mia posso dove che sono
    gli della meu minha uma onde não hoe ik mijn het een waar van niet kunnen jag hur min jak moje
    """
)

SYNONYMS = tuple(
    line.split()
    for line in """
    conversation chat thread dialogue discussion talk
    delete remove erase rid trash discard wipe bin
    rename title name
    run start launch boot
    stop shutdown cancel abort halt interrupt quit end
    install setup installation
    signup register registration join
    signin password session
    store save keep storage persist kept
    password passphrase pw pwd
    account user people person member
    admin administrator superuser staff operator owner
    model llm ai
    reply answer response output
    message question prompt query
    error failure problem fail broken wrong crash
    slow wait patience timeout minute hour ages
    limit quota maximum max cap most
    long length size big large huge
    phone mobile smartphone iphone android tablet
    dark night theme black bright light
    key shortcut keyboard hotkey press
    key token credential
    picture image photo img drawing
    math formula equation latex tex
    folder directory disk drive path
    bucket s3 aws amazon minio
    database db sqlite postgresql postgres sql
    https ssl tls certificate
    proxy nginx caddy apache traefik
    deploy publish production deployment hosting heroku cloud
    server machine computer vps pc laptop hardware
    log logging
    private privacy read spy see visible
    cost price money pay free expensive cheap fee bill
    update upgrade version newer release
    export download extract
    logo name brand branding
    huggingface hf
    openai gpt chatgpt
    backup restore copy
    lose lost disappear vanish
    close shut
    remember memory forget context recall window
    reasoning think thought
    choose select switch change pick swap
    connect attach hook plug integrate add
    stranger public outsider anybody
    train learn
    begin new fresh
    old past previous earlier
    address url port domain
    file upload pdf attachment
    code program snippet
    vulnerability security hole
    table markdown format formatting rendering
    prerequisite requirement dependency
    setting variable option configure configuration config
    forget forgot forgotten remember reset
    retry again repeat
    break linebreak newline line
    send submit
    opensource licence license
    gpu nvidia cuda graphics
    stuck hang freeze froze frozen forever slow
    name title call
    type write enter
    connection internet network wifi offline
    share link
    refuse reject accept
    health healthy alive monitor
    instruction system behaviour personality
    voice audio speech
    site website page web
    developer contribute contributor
    """.strip().splitlines()
)
"""Each line holds words one might use for the other."""
